"""One coding CLI each, found by listing. They know nothing of batty: strings and paths in, strings out."""
