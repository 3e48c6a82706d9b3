"""Questions: asked without an account, passed on with a deadline, answered by two people, kept for the site."""
