"""Many photographs: found, named, scored in one process or several, and resumed."""
