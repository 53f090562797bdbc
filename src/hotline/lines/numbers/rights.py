"""The rights this room guards."""

from hotline.base.kernel.rights import declare

READ = declare("numbers.read", "查看号码登记", "See the register of numbers")
WRITE = declare("numbers.write", "变更号码处理方式", "Change how a number is treated")
