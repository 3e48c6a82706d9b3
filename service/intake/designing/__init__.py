"""The template designer: data templates made in the browser, judged as the builder judges, used once two people agree."""
