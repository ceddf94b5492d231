"""The researcher's side: render, train, evaluate, calibrate, export. Needs torch."""
