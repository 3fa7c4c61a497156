"""How fast formcheck is, beside the bare pose model and beside the loop that is usually written, everything in one run."""
