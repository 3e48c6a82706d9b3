"""Who somebody is: passwords, second factors, sessions; and the pages of these."""
