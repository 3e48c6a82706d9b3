"""Early warning: which new numbers a statistician should look at first, and why.

`sweep.sweep` judges, `inbox` keeps what people said of it. Only `finding`, `relations` and `inbox` may be
imported without numpy.
"""
