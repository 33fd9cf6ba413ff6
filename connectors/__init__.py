"""What enters: feeds, pages and files, fetched politely and guarded, handed on as FetchedArticle records."""
