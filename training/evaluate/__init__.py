"""How good a bundle is: on real photographs with boxes marked by eye, and on rendered tiles of known geometry."""
