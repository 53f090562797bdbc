"""What may be done in this room."""

from hotline.base.kernel.rights import declare

ISSUE = declare("letter.issue", "开具文书", "Issue letters")
READ = declare("letter.read", "查看及打印文书", "Read and print letters")
WRITE = declare("letter.write", "维护文书模板", "Keep the templates of letters")
