"""Notices: sent out until they are sent, shown in the page until they are seen."""
