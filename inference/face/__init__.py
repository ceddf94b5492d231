"""A face in the photograph, where there is one: points, pose, irises and regions."""
