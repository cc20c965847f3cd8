"""Who may use the pages: accounts, roles, one-time links and the record of who did what."""
