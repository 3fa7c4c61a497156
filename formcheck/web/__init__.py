"""The local web app: the same coach and the same reports in a browser, on this computer alone."""
