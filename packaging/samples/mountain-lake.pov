// Mountain lake in evening light: a ridged height field, snow by slope and height, conifers set by tracing, rippled water.
// Render: povray mountain-lake.pov +W2000 +H1333 +A0.2 +R3
#version 3.7;
global_settings { assumed_gamma 1.0 max_trace_level 6 }
#include "functions.inc"

#declare Span = 60;       // width and depth of the land
#declare Peak = 15;       // height of a full-white field sample
#declare Seed = seed(1911);

camera {
  location <-1.5, 1.35, -17.5>
  look_at <-0.4, 2.75, 0>
  right x * image_width / image_height
  angle 53
}

// Low sun from the left and a little behind the camera; the sky fills the shadows with blue.
light_source { <-90, 30, -42> color rgb <1.0, 0.75, 0.48> * 1.95 parallel point_at <0, 0, 0> }
light_source { <40, 90, -30> color rgb <0.30, 0.42, 0.66> * 0.42 shadowless parallel point_at <0, 0, 0> }

sky_sphere {
  pigment {
    gradient y
    color_map {
      [0.00 color rgb <0.95, 0.66, 0.42>]
      [0.07 color rgb <0.80, 0.64, 0.55>]
      [0.18 color rgb <0.38, 0.46, 0.62>]
      [0.45 color rgb <0.14, 0.25, 0.48>]
      [1.00 color rgb <0.08, 0.17, 0.38>]
    }
  }
}

// Streaks of cloud, lit from below.
plane {
  y, 60 hollow
  texture {
    pigment {
      wrinkles
      turbulence 0.55 octaves 7 omega 0.58 lambda 2.1
      color_map {
        [0.00 color rgbt <1, 1, 1, 1>]
        [0.42 color rgbt <1, 0.9, 0.8, 1>]
        [0.60 color rgbt <1.0, 0.80, 0.66, 0.55>]
        [1.00 color rgbt <1.0, 0.90, 0.82, 0.08>]
      }
      scale <95, 30, 26> rotate y * 12 translate <25, 0, 40>
    }
    finish { ambient 0 diffuse 0 emission 0.92 }
  }
  no_shadow
}

// Height of the land, 0..1, over the unit square; u runs to the right, v away from the camera.
#declare Ridge = function(E, N) { f_ridged_mf(E * 4.3 + 3.7, 0.35, N * 4.3 + 1.9, 0.98, 2.12, 10, 0.98, 2.3, 2) }
#declare Rolling = function(E, N) { f_noise3d(E * 9 + 5, 2, N * 9) * 0.6 + f_noise3d(E * 31, 7, N * 31) * 0.22 + f_noise3d(E * 90, 3, N * 90) * 0.08 }
#declare Step = function(T, Lo, Hi) { min(1, max(0, (T - Lo) / (Hi - Lo))) }
#declare Smooth = function(T) { T * T * (3 - 2 * T) }
// The massif stands behind the lake: one peak left of the middle, a shoulder coming forward on the right.
#declare Massif = function(E, N) {
  Smooth(Step(N, 0.45, 0.74)) * (0.50 + 0.50 * Smooth(Step(abs(E - 0.5), 0.04, 0.24)))
  + 0.95 * Smooth(1 - Step(sqrt((E - 0.455) * (E - 0.455) + (N - 0.73) * (N - 0.73) * 0.7), 0.0, 0.17))
  + 0.46 * Smooth(Step(E, 0.56, 0.84)) * Smooth(Step(N, 0.34, 0.52))
}
#declare Shore = function(E, N) { Smooth(Step(N, 0.40, 0.475) ) * 0.05 + 0.055 * Smooth(Step(abs(E - 0.49), 0.14, 0.26)) * Smooth(Step(N, 0.22, 0.34)) }
#declare Land = function(E, N) {
  min(1, max(0,
    0.015 + Shore(E, N) * (0.55 + Rolling(E, N))
    + Massif(E, N) * (0.125 + 0.38 * Ridge(E, N))
    + 0.03 * Rolling(E, N) * Step(N, 0.36, 0.5) + 0.010 * Ridge(E * 2.3, N * 2.3) * Step(N, 0.40, 0.5)))
}

#declare Rock = texture {
  pigment {
    granite turbulence 0.4
    color_map {
      [0.0 color rgb <0.17, 0.145, 0.13>]
      [0.4 color rgb <0.33, 0.28, 0.24>]
      [0.8 color rgb <0.44, 0.37, 0.31>]
      [1.0 color rgb <0.24, 0.20, 0.18>]
    }
    scale <1.6, 0.5, 1.6>
  }
  normal { granite 0.45 scale 0.45 }
  finish { ambient 0 diffuse 0.85 }
}
#declare Snow = texture {
  pigment { color rgb <0.92, 0.94, 0.98> }
  normal { wrinkles 0.25 scale 0.25 }
  finish { ambient 0 diffuse 0.88 }
}
#declare Meadow = texture {
  pigment {
    bozo turbulence 0.7 octaves 6
    color_map {
      [0.0 color rgb <0.085, 0.10, 0.030>]
      [0.5 color rgb <0.16, 0.15, 0.05>]
      [0.8 color rgb <0.26, 0.20, 0.08>]
      [1.0 color rgb <0.12, 0.12, 0.04>]
    }
    scale 0.5
  }
  normal { bumps 0.6 scale 0.05 }
  finish { ambient 0 diffuse 0.8 }
}
#declare Gravel = texture {
  pigment { granite color_map { [0 color rgb <0.20, 0.16, 0.12>] [0.5 color rgb <0.36, 0.30, 0.23>] [1 color rgb <0.15, 0.12, 0.10>] } scale 0.08 }
  normal { bumps 0.8 scale 0.02 }
  finish { ambient 0 diffuse 0.8 }
}
#declare Steep = texture {  // snow lies where the ground is flat enough
  slope { y 0.5, 1 }
  texture_map {
    [0.34 Rock]
    [0.46 Snow]
    [1.00 Snow]
  }
}
#declare Green = texture {
  slope { y 0.5, 1 }
  texture_map {
    [0.22 Rock]
    [0.40 Meadow]
    [1.00 Meadow]
  }
}

#declare Terrain = height_field {
  function 1600, 1600 { Land(x, 1 - y) }
  smooth
  translate <-0.5, 0, -0.5>
  scale <Span, Peak, Span>
  translate <0, -0.50, Span * 0.5 - 28>
  texture {
    gradient y
    turbulence 0.035 octaves 6
    texture_map {
      [0.000 Gravel]
      [0.026 Gravel]
      [0.031 Meadow]
      [0.085 Green]
      [0.135 Green]
      [0.190 Steep]
      [1.000 Steep]
    }
    scale 24 translate -0.5 * y
  }
}
object { Terrain }

// Water: colour mostly from reflection, ripples that grow finer with distance.
plane {
  y, 0
  texture {
    pigment { color rgb <0.010, 0.030, 0.038> }
    normal {
      average
      normal_map {
        [1.0 bumps 0.016 scale <0.60, 1, 0.20>]
        [0.8 bumps 0.018 scale <0.16, 1, 0.06> rotate y * 20]
        [0.7 bumps 0.012 scale <2.5, 1, 0.9>]
      }
    }
    finish { ambient 0 diffuse 0.3 specular 0.35 roughness 0.004 reflection { 0.06, 0.88 fresnel on falloff 1 } conserve_energy }
  }
  interior { ior 1.33 }
}

// Conifers: a mesh of ragged tiers, few enough triangles to stand in thousands.
#macro Tier(Y0, Y1, R, N, Rs)
  #local i = 0;
  #while (i < N)
    #local A = 2 * pi * i / N;
    #local B = 2 * pi * (i + 0.55) / N;
    #local R0 = R * (0.75 + 0.4 * rand(Rs));
    triangle { <0, Y1, 0>, <R0 * cos(A), Y0 - 0.04 * rand(Rs), R0 * sin(A)>, <R0 * 0.55 * cos(B), Y0 + 0.05, R0 * 0.55 * sin(B)> }
    triangle { <0, Y1, 0>, <R0 * 0.55 * cos(B), Y0 + 0.05, R0 * 0.55 * sin(B)>, <R0 * cos(A + 2 * pi / N), Y0 - 0.03 * rand(Rs), R0 * sin(A + 2 * pi / N)> }
    #local i = i + 1;
  #end
#end
#macro Conifer(Rs)
  mesh {
    #local k = 0;
    #while (k < 11)
      Tier(0.10 + 0.082 * k, 0.10 + 0.082 * k + 0.20 - 0.006 * k, 0.235 * (1 - k / 11.6), 11, Rs)
      #local k = k + 1;
    #end
  }
#end
#declare Kinds = array[4]
#declare K = 0;
#while (K < 4)
  #declare Kinds[K] = Conifer(Seed)
  #declare K = K + 1;
#end

#declare Placed = 0;
#declare Tries = 0;
#while (Placed < 9000 & Tries < 120000)
  #declare X = (rand(Seed) - 0.5) * 40;
  #declare Z = -14 + 32 * rand(Seed);
  #declare Norm = <0, 0, 0>;
  #declare P = trace(Terrain, <X, 60, Z>, -y, Norm);
  #declare Grove = f_noise3d(X * 0.55, 4, Z * 0.55) + 0.35 * f_noise3d(X * 2.1, 9, Z * 2.1);
  #if (vlength(Norm) > 0.5 & P.y > 0.09 & P.y < 2.3 - 0.7 * rand(Seed) & Norm.y > 0.66 & Grove > 0.58 + 0.22 * rand(Seed))
    #declare S = 0.16 + 0.24 * rand(Seed) * rand(Seed) + 0.06 * rand(Seed);
    #declare Tint = 0.7 + 0.6 * rand(Seed);
    object {
      Kinds[floor(rand(Seed) * 3.999)]
      rotate y * 360 * rand(Seed)
      scale <S, S * (1.0 + 0.5 * rand(Seed)), S>
      translate P - y * 0.02
      texture {
        pigment { color rgb <0.040 + 0.03 * rand(Seed), 0.066, 0.028> * Tint }
        finish { ambient 0 diffuse 0.95 }
      }
    }
    #declare Placed = Placed + 1;
  #end
  #declare Tries = Tries + 1;
#end

// Haze between the ridges.
fog { fog_type 2 distance 260 fog_offset 0.5 fog_alt 1.6 color rgb <0.60, 0.60, 0.70> }
