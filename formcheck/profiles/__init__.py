"""A person's own comfortable range: measured, kept with its history, and what a session is judged against."""
