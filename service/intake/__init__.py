"""Numbers of the business network: taken in, checked, released at their second, watched, handed out."""
