"""The companion service: takes in what static files cannot. The sites go on working when it is down."""
