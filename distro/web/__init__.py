"""What we show over HTTP: thin routes over the verbs. Today the unsubscribe page and public files."""
