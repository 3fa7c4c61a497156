"""Many films at once: which they are, who works on them, what is done already, and the tables of all of them."""
