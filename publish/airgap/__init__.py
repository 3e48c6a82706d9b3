"""The channel `airgap`: signed packages, one file each, carried by hand between two networks.

`form` is the format, `names` what a path may be, `trust` whose signature counts; `write` makes a package,
`read` takes one apart; `parcel` says what goes into one, `place` puts a release where it is served,
`mail` takes in what comes back. The format is described for others in `docs/airgap/`.
"""
