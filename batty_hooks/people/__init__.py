"""What is for people: what needs them, what they see, who they are and what they mean; above the moves."""
