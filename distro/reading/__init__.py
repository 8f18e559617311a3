"""Reading what people wrote: dates, hours, numbers, names, quotes, in a text of a known language. Knows nothing of releases."""
