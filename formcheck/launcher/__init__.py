"""What `run.py` needs to set formcheck up from a checkout; the standard library only, since nothing else is there yet."""
