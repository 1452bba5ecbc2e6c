package main

import "syscall"

// Also where we are killed without a chance to end them.
func dieWithParent(attributes *syscall.SysProcAttr) {
	attributes.Pdeathsig = syscall.SIGKILL
}
