"""The scar and skin renderer: torch, batched, any device, deterministic by seed."""
