"""A model bundle and ONNX Runtime -> per-pixel maps and region grades."""
