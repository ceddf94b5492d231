"""One photograph in known units: the best scale, and which part of the picture is to be assessed."""
