package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	logTail = 4096
	// The first start after a build reads the whole program from disk, and test machines are busy.
	readyLimit = 3 * time.Minute
)

// A child process whose output goes to a file in the cluster's directory.
type process struct {
	name    string
	command *exec.Cmd
	logFile string
	ended   chan struct{}
}

// Where a component comes from: a program in the assets' folder, or this program itself.
func program(assets, name string) (path string, first []string, err error) {
	if assets != "" {
		return filepath.Join(assets, name), nil, nil
	}
	path, err = os.Executable()
	return path, []string{name}, err
}

func launch(directory, assets, name string, args []string) (*process, error) {
	path, first, err := program(assets, name)
	if err != nil {
		return nil, err
	}
	logFile := filepath.Join(directory, name+".log")
	output, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	command := exec.Command(path, append(first, args...)...)
	command.Stdout, command.Stderr = output, output
	// Ctrl-C reaches only us: we end the children, the one that others talk to last.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(command.SysProcAttr)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%s does not start: %w", name, err)
	}
	child := &process{name: name, command: command, logFile: logFile, ended: make(chan struct{})}
	go func() {
		_ = command.Wait()
		close(child.ended)
	}()
	return child, nil
}

// Everything in the cluster is thrown away, so nothing needs to be written or handed over.
func (p *process) stop() {
	_ = p.command.Process.Kill()
	<-p.ended
}

// await asks until it is ready. Its error ends with the end of the log.
func (p *process) await(parent context.Context, ready func() error) error {
	ctx, cancel := context.WithTimeout(parent, readyLimit)
	defer cancel()
	for {
		problem := ready()
		if problem == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended:\n%s", p.name, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.name, problem, p.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *process) tail() string {
	text, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return strings.ToValidUTF8(string(text[max(0, len(text)-logTail):]), "")
}
