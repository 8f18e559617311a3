"""How a release becomes mail: rendered and compiled once per letter, stamped for each person, handed to a transport."""
