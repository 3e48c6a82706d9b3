"""The builder: authored files in, provably separate editions out. Start reading at `build.py`."""

import os

# Looking for plug-ins of pydantic costs a start-up 50 ms, and we have none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
