"""What we show over HTTP: thin routes over the verbs. Today the unsubscribe page, public files and the record's head."""
