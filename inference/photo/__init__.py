"""One file -> one standardized `Photo`: decoded, upright, scaled, judged."""
