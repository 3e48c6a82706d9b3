"""公众号: drafts, publishing and mass sends, from a bundle alone."""
