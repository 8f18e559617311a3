"""How it leaves: audiences frozen into deliveries, the mailer, retries and limits."""
