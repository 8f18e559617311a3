"""What happened, kept so that it can be proved. Written to by every floor; imports none of them."""
