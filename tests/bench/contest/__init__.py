"""Ways to land many branches, compared: the ground they meet on, what is found afterwards, and the landers."""
