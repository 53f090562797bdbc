"""附件: the files that belong to a case or to what somebody wrote: examined by their content, scanned, kept encrypted."""
