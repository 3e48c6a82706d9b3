"""Channel `site`: a release is placed beside the running one, checked file by file, then shown in one step.

`release` what goes out · `targets` where to · `plan` what will change · `places` local folders, SSH, S3 ·
`carry` does it · `sealed`, `closing`, `opening` for releases that open at a moment · `watch` asks the public address.
"""
