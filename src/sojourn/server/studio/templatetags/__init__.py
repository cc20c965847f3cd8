"""What the templates of the studio can say."""
