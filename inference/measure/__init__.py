"""Maps -> lesions, texture, colour and clinical scales: numbers with units."""
