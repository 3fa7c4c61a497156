"""What people see and take away: the summary, the page, the tables and the annotated video."""
