"""Operating points of a bundle, and how far it errs, learnt on rendered tiles that training never saw.

No real photograph takes part in `calibrate_bundle`, so real photographs remain a fair test. The price is that all of it
is right for rendered skin; `cicatrix-train evaluate real` shows what the operating points do on real skin. A bundle
that was tuned on labelled photographs is calibrated on others of them (`calibrate_on_photos`).
"""

from training.calibrate.photos import calibrate_on_photos
from training.calibrate.run import calibrate_bundle
from training.calibrate.thresholds import Choice, operating_point

__all__ = ["Choice", "calibrate_bundle", "calibrate_on_photos", "operating_point"]
