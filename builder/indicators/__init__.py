"""Indicators: definitions, values with their vintages, validation, early warning, snapshot files.

Public: builder renders what stands here, the companion service takes numbers in with it.
"""
