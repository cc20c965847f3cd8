"""The Django project behind the pages: its settings, its addresses and how it is entered."""
