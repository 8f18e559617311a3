"""How a release becomes mail: rendered once per letter, compiled to a skeleton, stamped for each person. Sends nothing itself."""
