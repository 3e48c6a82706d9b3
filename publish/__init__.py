"""What carries a finished bundle out: to the web servers, to WeChat, across the air gap."""
