"""python -m training.evaluate real|rendered …"""

from training.evaluate.cli import app

app()
