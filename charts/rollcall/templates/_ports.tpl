{{- /* The port of HOST:PORT or of a URL, for (list TEXT DEFAULT). An IPv6 address with a port is in brackets. */ -}}
{{- define "rollcall.portOf" -}}
{{- $place := regexFind "^([a-z]+://)?[^/?#]*" (lower (index . 0)) -}}
{{- $isBareIpv6 := regexMatch "^[^\\[/]*:[^\\[/]*:" $place -}}
{{- $port := ternary "" (regexFind ":[0-9]+$" $place | trimPrefix ":") $isBareIpv6 -}}
{{- int (default (index . 1) $port) -}}
{{- end -}}

{{- /* The ports of all etcd clusters that the config names, as a JSON list. */ -}}
{{- define "rollcall.etcdPorts" -}}
{{- $config := default dict .Values.config -}}
{{- $main := default (dict "endpoints" (list "127.0.0.1")) (pick (default dict $config.etcd) "endpoints") -}}
{{- $clusters := list $main (default dict (default dict $config.election).etcd).etcd -}}
{{- range $config.targets -}}
{{- $clusters = append $clusters (default dict .skydns).etcd -}}
{{- end -}}
{{- $ports := list -}}
{{- range $clusters -}}
{{- range (default dict .).endpoints -}}
{{- $ports = append $ports (include "rollcall.portOf" (list . 2379) | int) -}}
{{- end -}}
{{- end -}}
{{- toJson ($ports | uniq) -}}
{{- end -}}

{{- /* The ports of the other servers that the targets name, as a JSON list: name servers, HTTP of reload and confirm, HAProxy. */ -}}
{{- define "rollcall.serverPorts" -}}
{{- $ports := list -}}
{{- range (default dict .Values.config).targets -}}
{{- range list .dnsUpdate .zoneFile -}}
{{- with (default dict .).server -}}{{- $ports = append $ports (include "rollcall.portOf" (list . 53) | int) -}}{{- end -}}
{{- end -}}
{{- range list .reload .confirm -}}
{{- if kindIs "map" . -}}
{{- with .http -}}
{{- $usual := ternary 443 80 (hasPrefix "https:" (lower .url)) -}}
{{- $ports = append $ports (include "rollcall.portOf" (list .url $usual) | int) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with (default dict .haproxyRuntime).address -}}
{{- $ports = append $ports (include "rollcall.portOf" (list . 0) | int) -}}
{{- end -}}
{{- end -}}
{{- toJson (without ($ports | uniq) 53) -}}
{{- end -}}
