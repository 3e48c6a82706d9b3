"""Pure functions from a spec to bytes: pictures, ledgers, formulas."""
