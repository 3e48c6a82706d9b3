"""Pages: templates, their words and the files beside them. The looks are the site's."""
