"""Figures of speed and size, each against other generators or against weike itself. See README.md."""
