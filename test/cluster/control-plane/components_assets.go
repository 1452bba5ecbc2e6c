//go:build assets

package main

// Without Kubernetes in it the program builds in seconds: `up --assets` takes the components from a folder.
var components = map[string]func(){}
