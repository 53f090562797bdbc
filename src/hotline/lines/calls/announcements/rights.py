"""What may be done with announcements."""

from hotline.base.kernel.rights import declare

ANNOUNCEMENT_READ = declare("announcement.read", "查看公告", "See announcements")
ANNOUNCEMENT_WRITE = declare("announcement.write", "发布、撤回公告", "Publish and withdraw announcements")
