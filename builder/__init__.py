"""The builder: authored files in, provably separate editions out. Start reading at `build.py`."""
